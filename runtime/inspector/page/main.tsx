/** The inspector's page: where it begins. */
import { render } from 'preact';
import { DrawingsContext } from './connection/use-drawings.ts';
import { Feed, feedAddress } from './connection/feed.ts';
import { FeedContext } from './connection/use-feed.ts';
import { Drawings } from './drawings.ts';
import { Shell } from './views/shell.tsx';

const feed = new Feed(feedAddress(location));
const place = document.getElementById('page');
if (place === null) throw new Error('the page has no place for itself');

render(
  <FeedContext.Provider value={feed}>
    <DrawingsContext.Provider value={new Drawings()}>
      <Shell />
    </DrawingsContext.Provider>
  </FeedContext.Provider>,
  place,
);
feed.start();
