"""Looking at strangers' files and making pictures from them, in children that are held on a short lead."""
