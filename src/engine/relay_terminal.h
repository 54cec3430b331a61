/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The user's terminal while it belongs to a payload's. termios(3). */
#include "base/ownership.h"

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

struct relay_terminal {
    int fd; /* lent; -EBADF: the user's standard input is no terminal */
    bool is_raw;
    struct termios saved; /* as it was found */
};

/* Whatever `fd` is; its mode is read, not changed. */
int relay_terminal_init(struct relay_terminal *t, int fd) must_check;
/* Raw: no echo, no lines, no signals by keys. Stops this process (SIGTTOU) while it is in the background, as
 * every program that does so. */
int relay_terminal_make_raw(struct relay_terminal *t) must_check;
/* As it was found; not when another job has it now. */
void relay_terminal_restore(struct relay_terminal *t);
/* False when neither of the two descriptors is a terminal that knows its size. */
bool relay_terminal_size(int fd, int other_fd, uint16_t *ret_rows, uint16_t *ret_columns);
