/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/endpoint.h"

#include "base/number.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

static void url_release(CURLU **url)
{
    curl_url_cleanup(*url);
}
#define autourl __attribute__((cleanup(url_release)))

static void curl_release(char **text)
{
    curl_free(*text);
}
#define autocurlfree __attribute__((cleanup(curl_release)))

static bool has_part(CURLU *url, CURLUPart part)
{
    autocurlfree char *text = NULL;
    return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

static int take_host(CURLU *url, char *ret_host, size_t size)
{
    autocurlfree char *text = NULL;
    if (curl_url_get(url, CURLUPART_HOST, &text, 0) != CURLUE_OK || text[0] == '\0')
        return -EINVAL;
    const char *from = text;
    size_t length = strlen(text);
    if (from[0] == '[' && from[length - 1] == ']') {
        from++;
        length -= 2;
    }
    while (length > 0 && from[length - 1] == '.') /* "localhost." is localhost */
        length--;
    if (length == 0 || length >= size)
        return -EINVAL;
    for (size_t i = 0; i < length; i++)
        ret_host[i] = (char)tolower((unsigned char)from[i]);
    ret_host[length] = '\0';
    return 0;
}

int endpoint_parse(const char *url, struct endpoint *ret_endpoint)
{
    struct endpoint e = {0};
    if (strnlen(url, ENDPOINT_URL_MAX + 1) > ENDPOINT_URL_MAX)
        return -EINVAL;
    autourl CURLU *u = curl_url();
    if (!u)
        return -ENOMEM;
    autocurlfree char *scheme = NULL, *port = NULL;
    if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK || has_part(u, CURLUPART_USER) ||
        has_part(u, CURLUPART_PASSWORD) || curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return -EINVAL;
    e.https = strcasecmp(scheme, "https") == 0;
    uint64_t number;
    if ((!e.https && strcasecmp(scheme, "http") != 0) || number_parse(port, UINT16_MAX, &number) < 0 ||
        number == 0)
        return -EINVAL;
    e.port = (uint16_t)number;
    int r = take_host(u, e.host, sizeof(e.host));
    if (r == 0)
        *ret_endpoint = e;
    return r;
}

bool endpoint_same(const struct endpoint *a, const struct endpoint *b)
{
    return a->https == b->https && a->port == b->port && streq(a->host, b->host);
}

int endpoint_resolve(const char *base, const char *location, char **ret_url)
{
    if (strnlen(location, ENDPOINT_URL_MAX + 1) > ENDPOINT_URL_MAX)
        return -EINVAL;
    autourl CURLU *u = curl_url();
    autocurlfree char *text = NULL;
    if (!u)
        return -ENOMEM;
    if (curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK ||
        curl_url_set(u, CURLUPART_URL, location, 0) != CURLUE_OK ||
        curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK || strlen(text) > ENDPOINT_URL_MAX)
        return -EINVAL;
    *ret_url = strdup(text);
    return *ret_url ? 0 : -ENOMEM;
}

static bool ipv4_is_local(uint32_t address) /* host byte order */
{
    uint32_t first = address >> 24;
    return first == 127 || first == 0 || address >> 16 == 0xa9fe || address == INADDR_BROADCAST;
}

static bool ipv6_is_local(const struct in6_addr *a)
{
    uint32_t last;
    memcpy(&last, &a->s6_addr[12], sizeof(last));
    if (IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a)) /* ::1 and :: are of the second form */
        return ipv4_is_local(ntohl(last)) || IN6_IS_ADDR_LOOPBACK(a);
    static const unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b};
    if (memcmp(a->s6_addr, nat64, sizeof(nat64)) == 0)
        return ipv4_is_local(ntohl(last));
    return IN6_IS_ADDR_LOOPBACK(a) || IN6_IS_ADDR_UNSPECIFIED(a) || IN6_IS_ADDR_LINKLOCAL(a);
}

bool address_is_local(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ipv4_is_local(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return ipv6_is_local(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return true;
}

bool host_is_local(const char *host)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    size_t n = strlen(host);
    if (streq(host, "localhost") || (n > 10 && streq(host + n - 10, ".localhost")))
        return true;
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
        return address_is_local((const struct sockaddr *)&v4);
    char plain[INET6_ADDRSTRLEN];
    size_t length = strcspn(host, "%"); /* a zone: only local addresses have one */
    if (length >= sizeof(plain))
        return false;
    memcpy(plain, host, length);
    plain[length] = '\0';
    return inet_pton(AF_INET6, plain, &v6.sin6_addr) == 1 && address_is_local((const struct sockaddr *)&v6);
}

int endpoint_check_redirect(const struct endpoint *from, const struct endpoint *to, bool local_allowed,
                            const char **ret_reason)
{
    if (from->https && !to->https)
        *ret_reason = "that would leave TLS";
    else if (!local_allowed && host_is_local(to->host))
        *ret_reason = "that is an address of this machine, and the registry is elsewhere";
    else
        return 0;
    return -EPERM;
}
