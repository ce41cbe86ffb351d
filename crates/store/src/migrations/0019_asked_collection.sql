-- Which operation asked for a collection; nothing where nobody did, because it was time for one.
ALTER TABLE collection ADD COLUMN operation {text};
