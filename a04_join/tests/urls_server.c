/* The demo server on its own, for urls.sh: prints its port, and stops when
 * standard input ends. */
#include <unistd.h>
#include "a04_join/demo_server.h"

int main(void)
{
    static struct demo_server server;
    char byte;
    int port = demo_server_start(&server);
    printf("%d\n", port);
    fflush(stdout);
    while (port && read(STDIN_FILENO, &byte, 1) > 0) {
    }
    demo_server_stop(&server);
    return port == 0;
}
