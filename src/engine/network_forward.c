/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/network_forward.h"

#include "base/strings.h"
#include "kernel/nft.h"

#include <errno.h>
#include <linux/netfilter.h>

/* Where iptables-nft(8) keeps `iptables -t filter -L FORWARD`. */
static const struct nft_table IPTABLES = {NFPROTO_IPV4, "filter"};
#define CHAIN "FORWARD"
#define RULES_MAX 16 /* two, and what starts at the same time from other places may have added */

struct own_rules {
    char comment[64];
    uint64_t handles[RULES_MAX];
    size_t count;
};

static int rule_take(const struct nft_rule_facts *rule, void *context)
{
    struct own_rules *rules = context;
    if (rules->count < RULES_MAX && streq(rule->comment, rules->comment))
        rules->handles[rules->count++] = rule->handle;
    return 0;
}

/* -ENOENT: there is no such chain. */
static int own_rules_find(int fd, const struct network_leases *leases, struct own_rules *rules)
{
    *rules = (struct own_rules){0};
    (void)snprintf(rules->comment, sizeof(rules->comment), "unroot: containers on %s",
                   leases->bridge); /* fits */
    int r = nft_rule_walk(fd, &IPTABLES, CHAIN, rule_take, rules);
    return r == -EINTR ? nft_rule_walk(fd, &IPTABLES, CHAIN, rule_take, rules) : r;
}

static void put_accept(struct netlink_batch *b, uint32_t key, const struct network_leases *leases,
                       const char *comment)
{
    size_t rule = nft_rule_begin_first(b, &IPTABLES, CHAIN);
    nft_match_interface(b, key, NFT_CMP_EQ, leases->bridge);
    nft_do_count(b);
    nft_do_verdict(b, NF_ACCEPT);
    nft_rule_end_with_comment(b, rule, comment);
}

int forward_allow(int fd, const struct network_leases *leases, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    struct own_rules rules;
    int r = own_rules_find(fd, leases, &rules);
    if (r == -ENOENT || (r == 0 && rules.count >= 2))
        return 0;
    if (r < 0)
        return fail(f, r, "reading iptables' FORWARD chain");
    nft_put_begin(&b);
    put_accept(&b, NFT_META_OIFNAME, leases, rules.comment);
    put_accept(&b, NFT_META_IIFNAME, leases, rules.comment);
    nft_put_end(&b);
    r = netlink_send(fd, &b, NULL);
    return r < 0 && r != -ENOENT ? fail(f, r, "adding to iptables' FORWARD chain") : 0;
}

int forward_disallow(int fd, const struct network_leases *leases, struct failure *f)
{
    autobatch struct netlink_batch b = {0};
    struct own_rules rules;
    int r = own_rules_find(fd, leases, &rules);
    if (r == -ENOENT)
        return 0;
    for (size_t i = 0; r == 0 && i < rules.count; i++) {
        netlink_batch_reset(&b);
        nft_put_begin(&b);
        nft_put_rule_delete(&b, &IPTABLES, CHAIN, rules.handles[i]);
        nft_put_end(&b);
        r = netlink_send(fd, &b, NULL);
        r = r == -ENOENT ? 0 : r;
    }
    return r < 0 ? fail(f, r, "removing from iptables' FORWARD chain") : 0;
}
