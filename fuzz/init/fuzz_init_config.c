/* SPDX-License-Identifier: Apache-2.0 */
/* Property: a configuration that is refused says where; one that is taken has a command and sane numbers for
 * every service, no circle, at most one main, and what config_render() prints of it parses to the same again.
 */
#include "init/config.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_service(const struct config *c, size_t index)
{
    const struct service *s = &c->services[index];
    demand(s->run && s->run[0] && s->run[0][0] != '\0');
    demand(s->stop_signal >= 1 && s->stop_signal <= SIGNAL_COUNT);
    demand(s->stop_timeout_ms >= 0 && s->stop_drain_ms >= 0 && s->ready_timeout_ms >= 0);
    demand(s->restart_min_ms >= 0 && s->restart_max_ms >= s->restart_min_ms && s->give_up_count <= 32);
    demand((s->needs >> c->service_count) == 0 && !(s->needs & UINT32_C(1) << index));
    demand(s->health.kind == PROBE_NONE || (s->health_tries >= 1 && s->health_interval_ms >= 10));
    demand(!s->log_folder || (s->log_folder[0] == '/' && s->log_files >= 1 && s->log_size >= 1024));
    demand(s->ready.kind != PROBE_FD || (s->ready.fd >= 3 && s->ready.fd <= 99));
    for (size_t i = 0; i < s->environment_count; i++)
        demand(strchr(s->environment[i], '=') != NULL);
}

static void check_config(const struct config *c)
{
    size_t mains = 0;
    uint32_t fulfilled = 0;
    demand(c->service_count >= 1 && c->service_count <= SERVICES_MAX);
    for (size_t i = 0; i < c->service_count; i++) {
        check_service(c, i);
        mains += c->services[i].main;
    }
    demand(mains <= 1);
    for (size_t round = 0; round < c->service_count; round++)
        for (size_t i = 0; i < c->service_count; i++)
            if (!(c->services[i].needs & ~fulfilled))
                fulfilled |= UINT32_C(1) << i;
    demand(c->service_count == 32 ? fulfilled == UINT32_MAX
                                  : fulfilled == (UINT32_C(1) << c->service_count) - 1);
    for (size_t i = 0; i < c->listen_count; i++)
        demand(c->listens[i].service < c->service_count && (c->listens[i].path || c->listens[i].port > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char first[1 << 18], second[1 << 18];
    struct failure f = {0};
    struct config *c = calloc(1, sizeof(*c)), *again = calloc(1, sizeof(*again));
    if (!c || !again || size > 1 << 14)
        goto done; /* both may be NULL: free(3) takes that */
    if (config_parse("f", (const char *)data, size, c, &f) < 0) {
        demand(f.exit_code == EXIT_BAD_USAGE && f.text[0] == 'f' && f.text[1] == ':');
        goto done;
    }
    check_config(c);
    if (config_render(c, first, sizeof(first))) {
        demand(config_parse("f", first, strlen(first), again, &f) == 0);
        demand(config_render(again, second, sizeof(second)));
        demand(strcmp(first, second) == 0);
        config_free(again);
    }
    config_free(c);
done:
    free(c);
    free(again);
    return 0;
}
