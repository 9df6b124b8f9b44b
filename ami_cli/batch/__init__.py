"""A file of students: the same rules on columns, files in and out, the run and its counts."""
