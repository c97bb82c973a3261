/** The entry of the page that plays the agent desktop. */
import { render } from 'preact';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/fields.css';
import '../styles/shell.css';
import '../styles/views.css';
import '../styles/states.css';
import './desktop.css';
import { openSessionHttp } from '../data/session-http.ts';
import { Desktop } from './desktop.tsx';
import { createDesktopStore } from './desktop-store.ts';

const root = document.getElementById('app');
if (root) render(<Desktop store={createDesktopStore(openSessionHttp())} />, root);
