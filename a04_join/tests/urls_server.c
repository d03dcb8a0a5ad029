/* The odd server on its own, for urls.sh: prints its port, and ends when
 * standard input does. */
#include "odd_server.h"

int main(void)
{
    char byte;
    int port = odd_server_start();
    printf("%d\n", port);
    fflush(stdout);
    while (port && read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return port == 0;
}
