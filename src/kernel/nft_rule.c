/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in other programs' tables: found again by their comment, deleted by their handle. */
#include "kernel/netlink_message.h"
#include "kernel/nft.h"

#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

#define NFT_MESSAGE(type) ((uint16_t)((NFNL_SUBSYS_NFTABLES << 8) | (type)))
#define COMMENT_MAX 127
#define UDATA_COMMENT 0 /* libnftnl's NFTNL_UDATA_RULE_COMMENT: type, length and text with its NUL */

void nft_rule_end_with_comment(struct netlink_batch *b, size_t rule, const char *comment)
{
    uint8_t data[2 + COMMENT_MAX + 1] = {UDATA_COMMENT};
    size_t length = strnlen(comment, COMMENT_MAX);
    nft_rule_end(b, rule);
    data[1] = (uint8_t)(length + 1);
    memcpy(data + 2, comment, length);
    netlink_put(b, NFTA_RULE_USERDATA, data, 2 + length + 1);
}

static void put_message(struct netlink_batch *b, uint16_t type, uint16_t flags, const struct nft_table *table)
{
    const struct nfgenmsg header = {.nfgen_family = table->family, .version = NFNETLINK_V0};
    netlink_begin(b, NFT_MESSAGE(type), flags, &header, sizeof(header));
}

void nft_put_rule_delete(struct netlink_batch *b, const struct nft_table *table, const char *chain,
                         uint64_t handle)
{
    const uint64_t bytes = htobe64(handle);
    put_message(b, NFT_MSG_DELRULE, 0, table);
    netlink_put_string(b, NFTA_RULE_TABLE, table->name);
    netlink_put_string(b, NFTA_RULE_CHAIN, chain);
    netlink_put(b, NFTA_RULE_HANDLE, &bytes, sizeof(bytes));
}

struct rule_walk {
    int (*take)(const struct nft_rule_facts *rule, void *context);
    void *context;
};

static int rule_take(const struct nlmsghdr *message, void *context)
{
    const struct rule_walk *walk = context;
    const struct nlattr *table[NFTA_RULE_MAX + 1];
    struct nft_rule_facts facts = {.comment = ""};
    char comment[COMMENT_MAX + 1] = "";
    int r = netlink_parse(message, sizeof(struct nfgenmsg), table, NFTA_RULE_MAX);
    if (r < 0 || !table[NFTA_RULE_HANDLE] || attribute_size(table[NFTA_RULE_HANDLE]) != 8)
        return r;
    memcpy(&facts.handle, attribute_payload(table[NFTA_RULE_HANDLE]), sizeof(facts.handle));
    facts.handle = be64toh(facts.handle);
    if (table[NFTA_RULE_USERDATA]) {
        const uint8_t *data = attribute_payload(table[NFTA_RULE_USERDATA]);
        const size_t size = attribute_size(table[NFTA_RULE_USERDATA]);
        if (size > 2 && data[0] == UDATA_COMMENT && data[1] <= size - 2 && data[1] <= COMMENT_MAX)
            memcpy(comment, data + 2, data[1]);
        facts.comment = comment;
    }
    return walk->take(&facts, walk->context);
}

static int nothing_take(const struct nlmsghdr *message, void *context)
{
    return 0;
}

int nft_rule_walk(int fd, const struct nft_table *table, const char *chain,
                  int (*take)(const struct nft_rule_facts *rule, void *context), void *context)
{
    autobatch struct netlink_batch b = {0};
    struct rule_walk walk = {take, context};
    /* A list of rules does not tell a missing chain from an empty one. */
    put_message(&b, NFT_MSG_GETCHAIN, 0, table);
    netlink_put_string(&b, NFTA_CHAIN_TABLE, table->name);
    netlink_put_string(&b, NFTA_CHAIN_NAME, chain);
    int r = netlink_query(fd, &b, nothing_take, NULL);
    if (r < 0)
        return r;
    netlink_batch_reset(&b);
    put_message(&b, NFT_MSG_GETRULE, NLM_F_DUMP, table);
    netlink_put_string(&b, NFTA_RULE_TABLE, table->name);
    netlink_put_string(&b, NFTA_RULE_CHAIN, chain);
    return netlink_query(fd, &b, rule_take, &walk);
}
