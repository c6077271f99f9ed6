"""The price book: catalog, own snapshots and the routes' own prices as flat rows."""
