/** The settings are wrong; the message names each field and what it should be. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
}
