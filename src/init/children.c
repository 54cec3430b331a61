/* SPDX-License-Identifier: Apache-2.0 */
#include "init/children.h"

#include "init/files.h"

#include <fcntl.h>
#include <signal.h>

void children_signal(int signal_number, pid_t group)
{
    struct span list;
    if (group > 0)
        (void)kill(-group, signal_number); /* nobody left in it: fine */
    autoclose int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fd_read_all(fd, 1u << 20, &list) < 0)
        return;
    autofree char *text = (char *)list.data;
    (void)text;
    for (struct span rest = list; rest.data;) {
        uint64_t pid;
        if (span_number(span_cut(&rest, ' '), INT32_MAX, &pid) == 0 && pid > 1)
            (void)kill((pid_t)pid, signal_number); /* it may have ended */
    }
}
