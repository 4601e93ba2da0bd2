/** Best effort: the address has been printed, and there may be no browser, or no screen. */
import open from 'open';

export function openInBrowser(address: string): void {
  void open(address).then(
    (launcher) => launcher.once('error', () => {}),
    () => {},
  );
}
