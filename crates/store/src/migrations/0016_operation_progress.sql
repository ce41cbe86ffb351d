-- How far an operation has come, in the words of its kind; nothing where nobody has said.
ALTER TABLE operation ADD COLUMN progress {text};
