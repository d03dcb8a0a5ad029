/* The exercise as it came: its own variables are no mistake; not compiled. */
static struct span *current;
