/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/session.h"

#include "cli/say.h"
#include "engine/engine.h"

#include <errno.h>
#include <unistd.h>

static void say_sentence(void *context, const char *sentence)
{
    say(context, "%s", sentence);
}

int session_open(struct cli *cli)
{
    struct failure failure = {0};
    if (geteuid() != 0) {
        say(cli,
            "containers of an ordinary user are not there yet: only help, version and completion work "
            "without "
            "root: run it as `sudo %s ..`",
            cli->name);
        return EXIT_USAGE;
    }
    cli->engine = calloc(1, sizeof(*cli->engine));
    if (!cli->engine)
        return say_failure(cli, &(struct failure){.error = -ENOMEM});
    int r = engine_open(cli->engine, &(struct engine_options){.root = cli->root, .runroot = cli->runroot},
                        &failure);
    if (r < 0) {
        free(cli->engine);
        cli->engine = NULL;
        return say_failure(cli, &failure);
    }
    cli->engine->say = say_sentence;
    cli->engine->say_context = cli;
    return 0;
}

void session_close(struct cli *cli)
{
    if (cli->engine)
        engine_close(cli->engine);
    free(cli->engine);
    cli->engine = NULL;
}
