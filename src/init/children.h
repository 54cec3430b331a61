/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

/* Sends a signal to every child of this process (not to the whole machine, as kill(-1) would), and to `group`
 * when it is above 0. Without /proc only the group is reached. */
void children_signal(int signal_number, pid_t group);
