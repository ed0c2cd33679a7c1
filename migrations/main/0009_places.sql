-- Where in which file a thing is written that came from one ('sallyport.yaml:12'); NULL for what a person made.
ALTER TABLE groups ADD COLUMN place TEXT;
ALTER TABLE rules ADD COLUMN place TEXT;
ALTER TABLE pins ADD COLUMN place TEXT;
