/** The dashboard's entry: connects, and shows it. */
import { render } from 'preact';
import { createElectronTransport } from './data/electron-transport.ts';
import { createHttpTransport } from './data/http-transport.ts';
import { followAddress } from './data/route.ts';
import { createStore, StoreContext } from './data/store.ts';
import { Shell } from './shell/shell.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/fields.css';
import './styles/shell.css';
import './styles/tabs.css';
import './styles/menu.css';
import './styles/tables.css';
import './styles/pops.css';
import './styles/views.css';
import './styles/states.css';
import './styles/story.css';
import './styles/audit.css';
import './styles/segmented.css';
import './styles/charts.css';
import './styles/settings.css';

const root = document.getElementById('app');
if (root) {
  followAddress();
  const transport = window.poptray ? createElectronTransport(window.poptray) : createHttpTransport();
  render(
    <StoreContext.Provider value={createStore(transport)}>
      <Shell />
    </StoreContext.Provider>,
    root,
  );
}
