/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/relay_transport.h"

#include <errno.h>

int transport_init(struct transport *t, struct relay *relay)
{
    *t = (struct transport){.relay = relay, .output_fds = {-EBADF, -EBADF}};
    return relay->client_fd >= 0 ? transport_monitor_init(t) : transport_child_init(t);
}
