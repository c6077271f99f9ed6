"""One file per thing a user can ask or do: the only place where IO and rules meet."""
