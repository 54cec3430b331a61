/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of input a file is, by its name and then by its first lines. */
#include "audit/input.h"

#include "base/strings.h"
#include "formats/yaml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *base_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcasecmp(name + n - m, end) == 0;
}

static bool begins_with(const char *name, const char *start)
{
    return strncasecmp(name, start, strlen(start)) == 0;
}

static bool is_yaml(const char *name)
{
    return ends_with(name, ".yaml") || ends_with(name, ".yml");
}

static bool dockerfile_name(const char *base)
{
    static const char *const names[] = {"Dockerfile", "Containerfile"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        size_t n = strlen(names[i]);
        if (strcasecmp(base, names[i]) == 0)
            return true;
        if (begins_with(base, names[i]) && (base[n] == '.' || base[n] == '-' || base[n] == '_') &&
            !ends_with(base, ".dockerignore") && !ends_with(base, ".md") && !ends_with(base, ".txt"))
            return true;
    }
    return ends_with(base, ".dockerfile") || ends_with(base, ".containerfile");
}

static bool compose_name(const char *base)
{
    if (!is_yaml(base))
        return false;
    return begins_with(base, "compose.") || begins_with(base, "docker-compose") ||
           ends_with(base, ".compose.yaml") || ends_with(base, ".compose.yml") ||
           begins_with(base, "compose-") || begins_with(base, "podman-compose") ||
           begins_with(base, "container-compose");
}

static input_judge *by_name(const char *name)
{
    const char *base = base_name(name);
    if (dockerfile_name(base))
        return judge_dockerfile;
    if (compose_name(base))
        return judge_compose;
    if (ends_with(base, "daemon.json"))
        return judge_daemon_json;
    if (ends_with(base, "containers.conf") ||
        (strstr(name, "containers.conf.d/") && ends_with(base, ".conf")))
        return judge_containers_conf;
    if (streq(base, "subuid") || streq(base, "subgid") || ends_with(base, ".subuid") ||
        ends_with(base, ".subgid"))
        return judge_subids;
    if (ends_with(name, "containerd/config.toml") || ends_with(base, "containerd.toml"))
        return judge_containerd_toml;
    return NULL;
}

bool input_may_be(const char *name)
{
    const char *base = base_name(name);
    return by_name(name) || is_yaml(base) || streq(base, "config.json") || ends_with(base, ".toml") ||
           (ends_with(base, ".json") && !streq(base, "package.json") && !streq(base, "package-lock.json") &&
            !streq(base, "tsconfig.json"));
}

/* Whether a line begins with the key (YAML) or the text has it in quotes (JSON). */
static bool has_key(const char *data, const char *key, bool json)
{
    char wanted[64];
    size_t n = strlen(key);
    if (json) {
        (void)snprintf(wanted, sizeof(wanted), "\"%s\"", key);
        return strstr(data, wanted) != NULL;
    }
    for (const char *p = strstr(data, key); p; p = strstr(p + 1, key)) {
        const char *start = p;
        while (start > data && (start[-1] == ' ' || start[-1] == '-' || start[-1] == '"' ||
                                start[-1] == '{' || start[-1] == '\''))
            start--;
        bool line = start == data || start[-1] == '\n' || start[-1] == '\r';
        if (line && (p[n] == ':' || p[n] == '"' || p[n] == '\''))
            return true;
    }
    return false;
}

static bool looks_like_dockerfile(const char *data)
{
    while (*data != '\0') {
        while (isspace((unsigned char)*data))
            data++;
        if (*data != '#')
            break;
        data += strcspn(data, "\n");
    }
    return (strncasecmp(data, "FROM", 4) == 0 || strncasecmp(data, "ARG", 3) == 0) &&
           (data[3] == ' ' || data[4] == ' ' || data[3] == '\t' || data[4] == '\t');
}

/* A key of the document itself, not of something inside. */
static bool has_top_key(const char *data, const char *key)
{
    size_t n = strlen(key);
    for (const char *p = data; p && *p != '\0'; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (strncmp(p, key, n) == 0 && p[n] == ':')
            return true;
    return false;
}

/* Other programs have `services` too (Symfony, GitLab, charts): those of compose have an image or a build. */
static bool is_compose(const char *name, const char *data, bool json)
{
    autoarena struct arena arena = {0};
    struct yaml_documents documents = {0};
    struct yaml_source source = {name, data, strlen(data)};
    if (json ? !has_key(data, "services", true) : !has_top_key(data, "services"))
        return false;
    if (yaml_parse(&arena, &source, NULL, &documents) < 0 || documents.count == 0)
        return false;
    const struct yaml_node *services = yaml_get(documents.items[0], "services");
    for (size_t i = 0; services && services->kind == YAML_MAP && i < services->count; i++) {
        const struct yaml_node *s = services->pairs[i].value;
        if (yaml_get_text(s, "image") || yaml_get(s, "build") || yaml_get(s, "extends"))
            return true;
    }
    return false;
}

static input_judge *by_content(const char *name, const char *data)
{
    size_t blank = strspn(data, " \t\r\n");
    bool json = data[blank] == '{' || data[blank] == '[';
    if (has_key(data, "apiVersion", json) && has_key(data, "kind", json))
        return judge_kubernetes;
    if (json && has_key(data, "ociVersion", true))
        return judge_runtime_config;
    if (json && (has_key(data, "userns-remap", true) || has_key(data, "insecure-registries", true) ||
                 has_key(data, "no-new-privileges", true)))
        return judge_daemon_json;
    if (is_compose(name, data, json))
        return judge_compose;
    if (!json && looks_like_dockerfile(data))
        return judge_dockerfile;
    if (ends_with(name, ".toml") && strstr(data, "io.containerd"))
        return judge_containerd_toml;
    return NULL;
}

bool input_may_be_part(const char *name, const char *data)
{
    return is_yaml(name) && has_top_key(data, "services");
}

input_judge *input_detect(const char *name, const char *data, size_t size)
{
    input_judge *judge = by_name(name);
    return judge ? judge : by_content(name, data);
}
