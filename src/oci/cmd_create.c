/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/commands.h"
#include "oci/create.h"

#define ROW(member) OPTION(struct create_options, member)
const struct option create_rows[] = {
    {"bundle", 'b', OPTION_STRING, ROW(bundle), "DIR",
     "The folder of config.json (default: the current one)"},
    {"console-socket", 0, OPTION_STRING, ROW(console_socket), "SOCKET", "Takes the terminal's master side"},
    {"no-new-keyring", 0, OPTION_BOOL, ROW(no_new_keyring), NULL, "Keep the caller's session keyring"},
    {"no-pivot", 0, OPTION_BOOL, ROW(no_pivot), NULL, "Taken for runc's sake: the root is always pivoted to"},
    {"pid-file", 0, OPTION_STRING, ROW(pid_file), "FILE", "Takes the pid of the container's process 1"},
    {"pidfd-socket", 0, OPTION_STRING, ROW(pidfd_socket), "SOCKET", "Takes a descriptor of that process"},
    {"preserve-fds", 0, OPTION_U32, ROW(preserve_fds), "N", "Pass descriptors 3 to 2+N on"},
    {NULL},
};

static int run_create(struct runtime *rt, void *options, const struct arguments *arguments,
                      struct failure *failure)
{
    struct created created;
    int r = create_container(rt, arguments->items[0], options, &created, failure);
    if (r == 0)
        created_close(&created);
    return r;
}

static const struct option *const tables[] = {create_rows, NULL};

const struct command cmd_create = {
    .name = "create",
    .usage = "[OPTIONS] ID",
    .summary = "Make a container that waits for its start",
    .options = {.tables = tables, .single_dash_names = true},
    .options_size = sizeof(struct create_options),
    .min_args = 1,
    .max_args = 1,
    .run = run_create,
};
