"""What a person sees: rows in, captions and keyboards out. Nothing here sends anything."""
