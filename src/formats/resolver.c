/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/resolver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#define BLANKS " \t\r"

/* What a file says that matters here. */
struct resolver_facts {
    struct strings servers, search, options;
};

#define autofacts __attribute__((cleanup(facts_free)))

static void facts_free(struct resolver_facts *facts)
{
    strings_free(&facts->servers);
    strings_free(&facts->search);
    strings_free(&facts->options);
}

enum server_kind { SERVER_NONE, SERVER_REACHABLE, SERVER_LOOPBACK, SERVER_IPV6 };

static enum server_kind server_kind_of(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    char plain[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET || v4.s_addr == 0 ? SERVER_LOOPBACK
                                                                          : SERVER_REACHABLE;
    /* "fe80::1%eth0": the scope is no part of the address */
    size_t n = strcspn(address, "%");
    if (n >= sizeof(plain))
        return SERVER_NONE;
    memcpy(plain, address, n);
    plain[n] = '\0';
    if (inet_pton(AF_INET6, plain, &v6) != 1)
        return SERVER_NONE;
    return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) ? SERVER_LOOPBACK : SERVER_IPV6;
}

/* Printable ASCII without blanks: nothing that could become a line or a comment of its own. */
static bool word_is_plain(const char *word)
{
    if (word[0] == '\0' || word[0] == '#' || word[0] == ';')
        return false;
    for (const unsigned char *c = (const unsigned char *)word; *c; c++)
        if (*c <= ' ' || *c >= 127)
            return false;
    return true;
}

static int words_add(struct strings *list, char *rest)
{
    for (char *word; (word = strsep(&rest, BLANKS));) {
        int r = word_is_plain(word) ? strings_add(list, word) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* One line of resolv.conf(5): of several search or domain lines the last one counts. */
static int line_read(char *line, struct resolver_facts *facts)
{
    char *rest = line + strspn(line, BLANKS);
    char *keyword = strsep(&rest, BLANKS);
    if (!rest)
        return 0;
    if (streq(keyword, "search") || streq(keyword, "domain")) {
        strings_free(&facts->search);
        return words_add(&facts->search, rest);
    }
    if (streq(keyword, "options"))
        return words_add(&facts->options, rest);
    if (!streq(keyword, "nameserver"))
        return 0;
    rest += strspn(rest, BLANKS);
    const char *address = strsep(&rest, BLANKS);
    return server_kind_of(address) != SERVER_NONE && word_is_plain(address)
               ? strings_add(&facts->servers, address)
               : 0;
}

static int facts_read(const char *file, struct resolver_facts *facts)
{
    autofree char *copy = strdup(file);
    if (!copy)
        return -ENOMEM;
    int r = 0;
    for (char *rest = copy, *line; r == 0 && (line = strsep(&rest, "\n"));)
        r = line_read(line, facts);
    return r;
}

static bool server_is_kept(const struct resolver_request *request, const char *address)
{
    return request->host_network || server_kind_of(address) == SERVER_REACHABLE;
}

static bool servers_are_all_loopback(const struct resolver_facts *facts)
{
    for (size_t i = 0; i < facts->servers.count; i++)
        if (server_kind_of(facts->servers.items[i]) != SERVER_LOOPBACK)
            return false;
    return facts->servers.count > 0;
}

static int host_facts_read(const struct resolver_request *request, struct resolver_facts *facts)
{
    int r = request->host_resolv_conf ? facts_read(request->host_resolv_conf, facts) : 0;
    if (r < 0 || request->host_network || !request->upstream_resolv_conf || !servers_are_all_loopback(facts))
        return r;
    facts_free(facts);
    *facts = (struct resolver_facts){0};
    return facts_read(request->upstream_resolv_conf, facts);
}

static int request_check(const struct resolver_request *request, struct failure *f)
{
    for (size_t i = 0; request->dns && i < request->dns->count; i++)
        if (server_kind_of(request->dns->items[i]) == SERVER_NONE || !word_is_plain(request->dns->items[i]))
            return refuse(f, -EINVAL, "--dns %s: not an IP address", request->dns->items[i]);
    for (size_t i = 0; request->dns_search && i < request->dns_search->count; i++)
        if (!word_is_plain(request->dns_search->items[i]))
            return refuse(f, -EINVAL, "--dns-search %s: not a domain", request->dns_search->items[i]);
    return 0;
}

static void line_write(struct text *text, const char *keyword, const struct strings *words)
{
    if (!words || words->count == 0)
        return;
    text_append(text, keyword);
    for (size_t i = 0; i < words->count; i++)
        text_printf(text, " %s", words->items[i]);
    text_append_char(text, '\n');
}

int resolver_write(const struct resolver_request *request, struct text *text, size_t *ret_servers,
                   struct failure *f)
{
    autofacts struct resolver_facts facts = {0};
    int r = request_check(request, f);
    if (r < 0)
        return r;
    r = host_facts_read(request, &facts);
    if (r < 0)
        return fail(f, r, "reading resolv.conf");
    const bool asked = request->dns && request->dns->count > 0;
    const struct strings *servers = asked ? request->dns : &facts.servers;
    size_t count = 0;
    for (size_t i = 0; i < servers->count; i++) {
        /* What the person asks for stays, wherever it leads. */
        if (!asked && !server_is_kept(request, servers->items[i]))
            continue;
        text_printf(text, "nameserver %s\n", servers->items[i]);
        count++;
    }
    if (!request->dns_search || request->dns_search->count == 0)
        line_write(text, "search", &facts.search);
    else if (request->dns_search->count > 1 || !streq(request->dns_search->items[0], "."))
        line_write(text, "search", request->dns_search);
    line_write(text, "options", &facts.options);
    r = text_error(text);
    if (r < 0)
        return fail(f, r, "writing resolv.conf");
    *ret_servers = count;
    return 0;
}

static bool host_name_is_valid(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_' && c != '.')
            return false;
    }
    return length > 0 && length < 254;
}

/* The address of an --add-host without its brackets, into ret_address. */
static bool host_address_parse(const char *word, const char *gateway, char *ret_address, size_t size)
{
    struct in6_addr a;
    size_t n = strlen(word);
    if (streq(word, "host-gateway")) {
        word = gateway ? gateway : "";
        n = strlen(word);
    } else if (n > 2 && word[0] == '[' && word[n - 1] == ']') {
        word++;
        n -= 2;
    }
    if (n == 0 || n >= size)
        return false;
    memcpy(ret_address, word, n);
    ret_address[n] = '\0';
    return inet_pton(AF_INET, ret_address, &a) == 1 || inet_pton(AF_INET6, ret_address, &a) == 1;
}

static int added_host_write(const struct hosts_request *request, const char *item, struct text *text,
                            struct failure *f)
{
    const size_t name_length = strcspn(item, ":=");
    char address[INET6_ADDRSTRLEN];
    if (item[name_length] == '\0')
        return refuse(f, -EINVAL, "--add-host %s: NAME:ADDRESS is wanted", item);
    if (!host_name_is_valid(item, name_length))
        return refuse(f, -EINVAL, "--add-host %s: not a host name before the address", item);
    const char *word = item + name_length + 1;
    if (streq(word, "host-gateway") && !request->gateway)
        return refuse(f, -EINVAL,
                      "--add-host %s: without the private network there is no gateway to the host", item);
    if (!host_address_parse(word, request->gateway, address, sizeof(address)))
        return refuse(f, -EINVAL, "--add-host %s: \"%s\" is not an IP address", item, word);
    text_printf(text, "%s\t%.*s\n", address, (int)name_length, item);
    return 0;
}

/* Added names come first: the resolver takes the first line that fits. */
int hosts_write(const struct hosts_request *request, struct text *text, struct failure *f)
{
    int r = 0;
    for (size_t i = 0; r == 0 && request->add_hosts && i < request->add_hosts->count; i++)
        r = added_host_write(request, request->add_hosts->items[i], text, f);
    if (r < 0)
        return r;
    if (request->host_hosts) {
        text_append(text, request->host_hosts);
        if (text->length > 0 && text->data[text->length - 1] != '\n')
            text_append_char(text, '\n');
    } else {
        text_append(text, "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                          "ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
    }
    if (!request->host_hosts && request->hostname &&
        host_name_is_valid(request->hostname, strlen(request->hostname))) {
        text_printf(text, "%s\t%s", request->address ? request->address : "127.0.1.1", request->hostname);
        if (request->name && !streq(request->name, request->hostname) &&
            host_name_is_valid(request->name, strlen(request->name)))
            text_printf(text, " %s", request->name);
        text_append_char(text, '\n');
    }
    r = text_error(text);
    return r < 0 ? fail(f, r, "writing the hosts file") : 0;
}
