#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "look.h"

struct look look = {
    .bold = "",
    .faint = "",
    .good = "",
    .bad = "",
    .off = "",
    .done = "[x]",
    .failed = "[!]",
    .open = "[ ]",
    .busy = "[~]",
};

void look_init(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    bool dumb = !term || !*term || strcmp(term, "dumb") == 0;
    look.terminal = isatty(STDOUT_FILENO) && !dumb;
    look.colours = look.terminal && !(no && *no);
    if (!look.colours)
        return;
    setenv("CLICOLOR_FORCE", "1", 1);
    look.bold = "\033[1m";
    look.faint = "\033[2m";
    look.good = "\033[32m";
    look.bad = "\033[31m";
    look.off = "\033[0m";
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        return;
    look.done = "✓";
    look.failed = "✗";
    look.open = "·";
    look.busy = "…";
}

/* ---- Links --------------------------------------------------------------- */

static struct path url_of(const char *path)
{
    static const char plain[] = "/.-_~abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    struct path url = { "file://" };
    size_t used;
    gethostname(url.text + 7, 256);
    url.text[263] = '\0';
    used = strlen(url.text);
    for (; *path && used + 4 < sizeof url.text; path++)
        used += (size_t)snprintf(url.text + used, 4,
                                 strchr(plain, *path) ? "%c" : "%%%02X",
                                 (unsigned char)*path);
    return url;
}

struct path path_link(const struct course *c, const struct path *path)
{
    struct path shown = path_shown(c, path), url = url_of(path->text);
    if (!look.terminal ||
        strlen(url.text) + strlen(shown.text) + 20 > sizeof shown.text)
        return shown;
    return path_of("\033]8;;%s\033\\%s\033]8;;\033\\", url.text, shown.text);
}
