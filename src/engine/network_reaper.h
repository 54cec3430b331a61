/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Taking the network of ended containers away. The kernel waits for grace periods when links, bridges and
 * nftables objects go (20 to 60 ms each), so that is done beside the command by a process of its own, which
 * also keeps the bridge for a second, in case another container comes. */
#include "engine/network_state.h"

/* Removes rules and link of a lease and the lease itself (also from the file). The caller holds the state. */
int network_release(struct network_state *state, struct network_lease *lease, struct failure *f) must_check;
/* Releases all that are leaving and, when no lease is left, removes bridge and tables. */
int network_settle_state(struct network_state *state, struct failure *f) must_check;
/* Whether some process is about to settle what is leaving now. The caller holds the state. */
bool network_reaper_is_running(const struct network_state *state);
/* Starts that process unless there is one. `nft`, unless negative, is the caller's NETLINK_NETFILTER socket:
 * see network_socket_hold(). The caller holds the state; 0 or negative errno. */
int network_reaper_start(const struct network_state *state, int run_fd, int nft) must_check;
/* Closing the last descriptor of a netfilter socket waits until the kernel has freed what anybody removed
 * just before, some 15 ms. If that is likely, a process holds this one a little longer; the caller closes it
 * as ever. */
void network_socket_hold(const struct network_state *state, int nft);
