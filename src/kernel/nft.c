/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/nft.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#define NFT_MESSAGE(type) ((uint16_t)((NFNL_SUBSYS_NFTABLES << 8) | (type)))

static void put_batch_mark(struct netlink_batch *b, uint16_t type)
{
    const struct nfgenmsg header = {
        .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};
    netlink_begin(b, type, 0, &header, sizeof(header));
}

void nft_put_begin(struct netlink_batch *b)
{
    put_batch_mark(b, NFNL_MSG_BATCH_BEGIN);
}

void nft_put_end(struct netlink_batch *b)
{
    put_batch_mark(b, NFNL_MSG_BATCH_END);
}

static void put_message(struct netlink_batch *b, uint16_t type, uint16_t flags, const struct nft_table *table)
{
    const struct nfgenmsg header = {.nfgen_family = table->family, .version = NFNETLINK_V0};
    netlink_begin(b, NFT_MESSAGE(type), flags, &header, sizeof(header));
}

static void put_table(struct netlink_batch *b, uint16_t flags, const struct nft_table *table)
{
    put_message(b, NFT_MSG_NEWTABLE, flags, table);
    netlink_put_string(b, NFTA_TABLE_NAME, table->name);
    netlink_put_be32(b, NFTA_TABLE_FLAGS, 0);
}

void nft_put_new_table(struct netlink_batch *b, const struct nft_table *table)
{
    put_table(b, NLM_F_CREATE | NLM_F_EXCL, table);
}

void nft_put_table(struct netlink_batch *b, const struct nft_table *table)
{
    put_table(b, NLM_F_CREATE, table);
}

void nft_put_table_delete(struct netlink_batch *b, const struct nft_table *table)
{
    put_message(b, NFT_MSG_DELTABLE, 0, table);
    netlink_put_string(b, NFTA_TABLE_NAME, table->name);
}

void nft_put_set(struct netlink_batch *b, const struct nft_table *table, const struct nft_set *set)
{
    put_message(b, NFT_MSG_NEWSET, NLM_F_CREATE, table);
    netlink_put_string(b, NFTA_SET_TABLE, table->name);
    netlink_put_string(b, NFTA_SET_NAME, set->name);
    netlink_put_be32(b, NFTA_SET_FLAGS, set->data_size > 0 ? NFT_SET_MAP : 0);
    netlink_put_be32(b, NFTA_SET_KEY_TYPE, set->key_type);
    netlink_put_be32(b, NFTA_SET_KEY_LEN, set->key_size);
    if (set->data_size > 0) {
        netlink_put_be32(b, NFTA_SET_DATA_TYPE, set->data_type);
        netlink_put_be32(b, NFTA_SET_DATA_LEN, set->data_size);
    }
    netlink_put_be32(b, NFTA_SET_ID, b->count); /* unlike those of the other sets in the transaction */
}

void nft_put_chain(struct netlink_batch *b, const struct nft_table *table, const struct nft_chain *chain)
{
    put_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE, table);
    netlink_put_string(b, NFTA_CHAIN_TABLE, table->name);
    netlink_put_string(b, NFTA_CHAIN_NAME, chain->name);
    netlink_put_string(b, NFTA_CHAIN_TYPE, chain->type);
    size_t hook = netlink_nest_begin(b, NFTA_CHAIN_HOOK);
    netlink_put_be32(b, NFTA_HOOK_HOOKNUM, chain->hook);
    netlink_put_be32(b, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
    netlink_nest_end(b, hook);
}

static void put_value(struct netlink_batch *b, uint16_t type, const void *data, size_t size)
{
    size_t nest = netlink_nest_begin(b, type);
    netlink_put(b, NFTA_DATA_VALUE, data, size);
    netlink_nest_end(b, nest);
}

static void put_elements(struct netlink_batch *b, const struct nft_table *table, const char *set,
                         const struct nft_element *element)
{
    netlink_put_string(b, NFTA_SET_ELEM_LIST_TABLE, table->name);
    netlink_put_string(b, NFTA_SET_ELEM_LIST_SET, set);
    size_t list = netlink_nest_begin(b, NFTA_SET_ELEM_LIST_ELEMENTS);
    size_t item = netlink_nest_begin(b, NFTA_LIST_ELEM);
    put_value(b, NFTA_SET_ELEM_KEY, element->key, element->key_size);
    if (element->data_size > 0)
        put_value(b, NFTA_SET_ELEM_DATA, element->data, element->data_size);
    netlink_nest_end(b, item);
    netlink_nest_end(b, list);
}

void nft_put_element(struct netlink_batch *b, const struct nft_table *table, const char *set,
                     const struct nft_element *element)
{
    put_message(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE, table);
    put_elements(b, table, set, element);
}

void nft_put_element_delete(struct netlink_batch *b, const struct nft_table *table, const char *set,
                            const struct nft_element *element)
{
    const struct nft_element key = {.key = element->key, .key_size = element->key_size};
    put_message(b, NFT_MSG_DELSETELEM, 0, table);
    put_elements(b, table, set, &key);
}

static size_t rule_begin(struct netlink_batch *b, uint16_t flags, const struct nft_table *table,
                         const char *chain)
{
    put_message(b, NFT_MSG_NEWRULE, flags, table);
    netlink_put_string(b, NFTA_RULE_TABLE, table->name);
    netlink_put_string(b, NFTA_RULE_CHAIN, chain);
    return netlink_nest_begin(b, NFTA_RULE_EXPRESSIONS);
}

size_t nft_rule_begin(struct netlink_batch *b, const struct nft_table *table, const char *chain)
{
    return rule_begin(b, NLM_F_CREATE | NLM_F_APPEND, table, chain);
}

size_t nft_rule_begin_first(struct netlink_batch *b, const struct nft_table *table, const char *chain)
{
    return rule_begin(b, NLM_F_CREATE, table, chain);
}

void nft_rule_end(struct netlink_batch *b, size_t rule)
{
    netlink_nest_end(b, rule);
}

/* An expression is a list item with a name and its attributes. */
struct expression {
    size_t item, data;
};

static struct expression expression_begin(struct netlink_batch *b, const char *name)
{
    struct expression e = {.item = netlink_nest_begin(b, NFTA_LIST_ELEM)};
    netlink_put_string(b, NFTA_EXPR_NAME, name);
    e.data = netlink_nest_begin(b, NFTA_EXPR_DATA);
    return e;
}

static void expression_end(struct netlink_batch *b, const struct expression *e)
{
    netlink_nest_end(b, e->data);
    netlink_nest_end(b, e->item);
}

void nft_load_meta(struct netlink_batch *b, uint32_t key, uint32_t reg)
{
    struct expression e = expression_begin(b, "meta");
    netlink_put_be32(b, NFTA_META_KEY, key);
    netlink_put_be32(b, NFTA_META_DREG, reg);
    expression_end(b, &e);
}

void nft_load_payload(struct netlink_batch *b, uint32_t base, uint32_t offset, uint32_t size, uint32_t reg)
{
    struct expression e = expression_begin(b, "payload");
    netlink_put_be32(b, NFTA_PAYLOAD_DREG, reg);
    netlink_put_be32(b, NFTA_PAYLOAD_BASE, base);
    netlink_put_be32(b, NFTA_PAYLOAD_OFFSET, offset);
    netlink_put_be32(b, NFTA_PAYLOAD_LEN, size);
    expression_end(b, &e);
}

void nft_compare(struct netlink_batch *b, uint32_t operation, const void *data, size_t size)
{
    struct expression e = expression_begin(b, "cmp");
    netlink_put_be32(b, NFTA_CMP_SREG, NFT_REG_1);
    netlink_put_be32(b, NFTA_CMP_OP, operation);
    put_value(b, NFTA_CMP_DATA, data, size);
    expression_end(b, &e);
}

void nft_match_interface(struct netlink_batch *b, uint32_t key, uint32_t operation, const char *name)
{
    char whole[IFNAMSIZ] = {0};
    size_t length = strnlen(name, sizeof(whole) - 1);
    memcpy(whole, name, length);
    nft_load_meta(b, key, NFT_REG_1);
    if (length > 0 && whole[length - 1] == '*')
        nft_compare(b, operation, whole, length - 1);
    else
        nft_compare(b, operation, whole, length + 1); /* with the NUL, as iptables-nft writes and reads it */
}

void nft_match_to_this_host(struct netlink_batch *b)
{
    struct expression e = expression_begin(b, "fib");
    netlink_put_be32(b, NFTA_FIB_DREG, NFT_REG_1);
    netlink_put_be32(b, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
    netlink_put_be32(b, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
    expression_end(b, &e);
    const uint32_t local = 2; /* RTN_LOCAL */
    nft_compare(b, NFT_CMP_EQ, &local, sizeof(local));
}

void nft_match_conntrack(struct netlink_batch *b, uint32_t key, uint32_t bits)
{
    const uint32_t zero = 0;
    struct expression load = expression_begin(b, "ct");
    netlink_put_be32(b, NFTA_CT_DREG, NFT_REG_1);
    netlink_put_be32(b, NFTA_CT_KEY, key);
    expression_end(b, &load);
    struct expression mask = expression_begin(b, "bitwise");
    netlink_put_be32(b, NFTA_BITWISE_SREG, NFT_REG_1);
    netlink_put_be32(b, NFTA_BITWISE_DREG, NFT_REG_1);
    netlink_put_be32(b, NFTA_BITWISE_LEN, sizeof(bits));
    put_value(b, NFTA_BITWISE_MASK, &bits, sizeof(bits));
    put_value(b, NFTA_BITWISE_XOR, &zero, sizeof(zero));
    expression_end(b, &mask);
    nft_compare(b, NFT_CMP_NEQ, &zero, sizeof(zero));
}

void nft_match_set(struct netlink_batch *b, const char *set, uint32_t reg, int is_map)
{
    struct expression e = expression_begin(b, "lookup");
    netlink_put_string(b, NFTA_LOOKUP_SET, set);
    netlink_put_be32(b, NFTA_LOOKUP_SREG, reg);
    if (is_map)
        netlink_put_be32(b, NFTA_LOOKUP_DREG, NFT_REG_1);
    expression_end(b, &e);
}

void nft_do_count(struct netlink_batch *b)
{
    struct expression e = expression_begin(b, "counter");
    expression_end(b, &e);
}

void nft_do_verdict(struct netlink_batch *b, int verdict)
{
    struct expression e = expression_begin(b, "immediate");
    netlink_put_be32(b, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
    size_t data = netlink_nest_begin(b, NFTA_IMMEDIATE_DATA);
    size_t code = netlink_nest_begin(b, NFTA_DATA_VERDICT);
    netlink_put_be32(b, NFTA_VERDICT_CODE, (uint32_t)verdict);
    netlink_nest_end(b, code);
    netlink_nest_end(b, data);
    expression_end(b, &e);
}

void nft_do_dnat(struct netlink_batch *b)
{
    struct expression e = expression_begin(b, "nat");
    netlink_put_be32(b, NFTA_NAT_TYPE, NFT_NAT_DNAT);
    netlink_put_be32(b, NFTA_NAT_FAMILY, NFPROTO_IPV4);
    netlink_put_be32(b, NFTA_NAT_REG_ADDR_MIN, NFT_REG_1);
    netlink_put_be32(b, NFTA_NAT_REG_PROTO_MIN, NFT_REG32_01); /* the second four bytes of NFT_REG_1 */
    expression_end(b, &e);
}

void nft_do_masquerade(struct netlink_batch *b)
{
    struct expression e = expression_begin(b, "masq");
    expression_end(b, &e);
}
