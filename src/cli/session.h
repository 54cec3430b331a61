/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* The engine for the time of one command. */
#include "cli/command.h"

/* Opens the store into cli->engine; says why not. 0, or the exit code. */
int session_open(struct cli *cli);
void session_close(struct cli *cli);
