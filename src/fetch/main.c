/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-fetch: speaks to registries for the engine (formats/fetch_message.h).
 *
 * Runs in: a process of its own, started by the engine; user and mount namespace of its own, the caller's
 * network. Power: nobody's ids and no capability; a tree with five files; TCP and UDP; the descriptors that
 * the engine sends. Must not: hold anything else when the first byte comes from the network. */
#include "fetch/fetcher.h"
#include "fetch/sandbox.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECTIONS_KEPT 32L

static int make_client(struct fetcher *f, struct failure *failure)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return refuse(failure, -ENOMEM, "starting libcurl");
    f->multi = curl_multi_init();
    /* A connection each transfer: else a paused one is held in memory while the others go on. */
    bool set = f->multi &&
               curl_multi_setopt(f->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK &&
               curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT) == CURLM_OK;
    return set ? 0 : refuse(failure, -ENOMEM, "starting libcurl");
}

static int run(struct fetcher *f, struct failure *failure)
{
    static const struct fetch_reply ready = {.kind = FETCH_READY};
    int r = sandbox_enter(failure);
    if (r == 0)
        r = make_client(f, failure);
    if (r == 0)
        r = sandbox_seal(&f->system_ca, failure);
    if (r < 0)
        return r;
    r = channel_send(&f->channel, &ready);
    if (r < 0)
        return fail(failure, r, "telling the engine");
    return fetcher_run(f, failure);
}

static bool is_channel(int fd)
{
    int type = 0;
    socklen_t size = sizeof(type);
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int main(void)
{
    static struct fetcher fetcher = {.channel = {.fd = FETCH_FD}};
    if (!is_channel(FETCH_FD)) {
        (void)fprintf(stderr,
                      "unroot-fetch: started by unroot for itself: nothing here is for a command line\n");
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN); /* a pipe that nobody reads is told by write(2) */
    (void)clearenv();               /* nothing in it is for this program, whoever started it */
    (void)mallopt(M_ARENA_MAX, 1);
    struct failure failure = {0};
    if (run(&fetcher, &failure) < 0) {
        struct fetch_reply reply = {.kind = FETCH_FAILED};
        (void)memcpy(reply.text, failure.text, sizeof(reply.text));
        ignore(channel_send(&fetcher.channel, &reply)); /* the end tells that something was wrong too */
    }
    fetcher_free(&fetcher);
    /* Without exit handlers: what a sanitizer does there, the filter of calls forbids. */
    _exit(failure.error != 0);
}
