"""From which line of which file each record came, by which steps, and back: for people, and for programs as PROV-O."""
