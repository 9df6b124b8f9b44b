"""What is shown: `report` puts an Assessment into words once; every other view renders that."""
