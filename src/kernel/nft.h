/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* nf_tables transactions as netlink messages (linux/netfilter/nf_tables.h): tables, chains, sets, elements
 * and rules of a few expressions, in the words of nft(8). Everything between nft_put_begin() and
 * nft_put_end() happens at once or not at all. Only messages are built here; netlink_send() on a
 * NETLINK_NETFILTER socket does the work. */
#include "kernel/netlink.h"

#include <linux/netfilter/nf_tables.h>

struct nft_table {
    uint8_t family; /* NFPROTO_IPV4, NFPROTO_BRIDGE */
    const char *name;
};

struct nft_chain {
    const char *name;
    const char *type; /* "filter", "nat" */
    uint32_t hook;    /* NF_INET_*, NF_BR_* */
    int32_t priority;
};

/* A named set, or a map when data_size is not 0. Sizes count every part of a concatenation padded to four
 * bytes. The types are nft(8)'s numbers for printing (NFT_TYPE_*); the kernel does not look at them. */
struct nft_set {
    const char *name;
    uint32_t key_type, key_size;
    uint32_t data_type, data_size;
};

/* Numbers of nft(8)'s data types, and the number of a concatenation of two. */
#define NFT_TYPE_IPV4_ADDRESS 7u
#define NFT_TYPE_ETHER_ADDRESS 9u
#define NFT_TYPE_INET_PROTOCOL 12u
#define NFT_TYPE_INET_SERVICE 13u
#define NFT_TYPE_INTERFACE_NAME 41u
#define NFT_TYPES(left, right) (((left) << 6) | (right))

struct nft_element {
    const void *key, *data; /* data: for maps */
    size_t key_size, data_size;
};

void nft_put_begin(struct netlink_batch *b);
void nft_put_end(struct netlink_batch *b);

/* -EEXIST when it is there. */
void nft_put_new_table(struct netlink_batch *b, const struct nft_table *table);
/* Made unless it is there. */
void nft_put_table(struct netlink_batch *b, const struct nft_table *table);
/* With all that is in it; -ENOENT when there is none. */
void nft_put_table_delete(struct netlink_batch *b, const struct nft_table *table);
void nft_put_set(struct netlink_batch *b, const struct nft_table *table, const struct nft_set *set);
void nft_put_chain(struct netlink_batch *b, const struct nft_table *table, const struct nft_chain *chain);
/* Also when it is there with the same data; -EEXIST with other data. */
void nft_put_element(struct netlink_batch *b, const struct nft_table *table, const char *set,
                     const struct nft_element *element);
/* -ENOENT when it is not there. */
void nft_put_element_delete(struct netlink_batch *b, const struct nft_table *table, const char *set,
                            const struct nft_element *element);

/* A rule behind the others of the chain; the nft_match_ and nft_do_ calls between begin and end are its
 * expressions. */
size_t nft_rule_begin(struct netlink_batch *b, const struct nft_table *table, const char *chain);
void nft_rule_end(struct netlink_batch *b, size_t rule);
/* The same in front of the others; it carries a comment, by which nft_rule_walk() finds it again. */
size_t nft_rule_begin_first(struct netlink_batch *b, const struct nft_table *table, const char *chain);
void nft_rule_end_with_comment(struct netlink_batch *b, size_t rule, const char *comment);
/* By its handle; -ENOENT when it is gone. */
void nft_put_rule_delete(struct netlink_batch *b, const struct nft_table *table, const char *chain,
                         uint64_t handle);

/* Loads into a register (NFT_REG_1, NFT_REG32_00 ..). */
void nft_load_meta(struct netlink_batch *b, uint32_t key, uint32_t reg);
void nft_load_payload(struct netlink_batch *b, uint32_t base, uint32_t offset, uint32_t size, uint32_t reg);
/* NFT_REG_1 (not) equal to `size` bytes. */
void nft_compare(struct netlink_batch *b, uint32_t operation, const void *data, size_t size);

/* The interface's name is (not) `name`; a trailing '*' matches any rest. `key` NFT_META_IIFNAME or
 * NFT_META_OIFNAME. */
void nft_match_interface(struct netlink_batch *b, uint32_t key, uint32_t operation, const char *name);
/* The destination address is one of this host. */
void nft_match_to_this_host(struct netlink_batch *b);
/* A bit of conntrack's `key` (NFT_CT_STATE, NFT_CT_STATUS) is set. */
void nft_match_conntrack(struct netlink_batch *b, uint32_t key, uint32_t bits);
/* What stands in registers from `reg` on is in the set; for a map the data goes to NFT_REG_1. */
void nft_match_set(struct netlink_batch *b, const char *set, uint32_t reg, int is_map);

void nft_do_count(struct netlink_batch *b);
void nft_do_verdict(struct netlink_batch *b, int verdict); /* NF_ACCEPT, NF_DROP */
/* Destination becomes the address and port of NFT_REG_1, as a map of 4 + 4 bytes gives them. */
void nft_do_dnat(struct netlink_batch *b);
void nft_do_masquerade(struct netlink_batch *b);

struct nft_rule_facts {
    uint64_t handle;
    const char *comment; /* lent during the call; "" when there is none */
};

/* Every rule of a chain, -ENOENT when there is no such chain. Negative errno from `take` ends the walk. */
int nft_rule_walk(int fd, const struct nft_table *table, const char *chain,
                  int (*take)(const struct nft_rule_facts *rule, void *context), void *context) must_check;
