/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses the kind of input, the rest is the file. Properties: it ends, with subjects whose
 * findings have texts; a result can be written in every format; a subject with uid 0 is never called not
 * root. */
#include "audit/image_tree.h"
#include "audit/input.h"
#include "audit/live_process.h"
#include "audit/render.h"
#include "audit/suppress.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static input_judge *const judges[] = {judge_dockerfile,      judge_compose,     judge_kubernetes,
                                      judge_runtime_config,  judge_daemon_json, judge_containers_conf,
                                      judge_containerd_toml, judge_subids};

static void check_result(struct audit_result *r)
{
    autotext struct text out = {0};
    struct render_options options = {.notes = true};
    for (size_t i = 0; i < r->subject_count; i++) {
        const struct subject *s = r->subjects[i];
        bool fine = s->verdict == VERDICT_NONROOT || s->verdict == VERDICT_ENFORCED;
        if (!s->id || !s->name || !s->why || (fine && s->has_uid && s->uid == 0))
            abort();
        for (size_t k = 0; k < s->finding_count; k++)
            if (!s->findings[k].message[0] || !s->findings[k].fix[0])
                abort();
    }
    result_sort(r);
    if (render_text(r, &options, &out) < 0 || render_json(r, &out) < 0 || render_sarif(r, &out) < 0 ||
        render_github(r, &out) < 0 || render_issue(r, &options, &out) < 0)
        abort();
}

static void check_others(const char *text, size_t size)
{
    autoarena struct arena arena = {0};
    struct image_tree tree = {.arena = &arena};
    struct live_process p = {0};
    if (image_tree_add(&tree, text, size) == 0)
        (void)image_tree_find(&tree, "etc/passwd");
    if (live_status_parse(text, &p) == 0 && p.pid_levels > 64)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct audit_request request = {0};
    struct audit_result result = {0};
    struct audit a = {.request = &request, .result = &result, .catalog = {.arena = &result.arena}};
    if (size < 1)
        return 0;
    autofree char *text = strndup((const char *)data + 1, size - 1);
    struct input in = {.name = "input-subuid", .data = text, .size = strlen(text)};
    size_t kind = data[0] % (ARRAY_SIZE(judges) + 1);
    if (kind == ARRAY_SIZE(judges))
        check_others(text, in.size);
    else if (judges[kind](&a, &in) < 0)
        abort();
    suppress_apply(&result, in.name, text, "2026-01-01");
    check_result(&result);
    strings_free(&a.done);
    catalog_free(&a.catalog);
    result_free(&result);
    return 0;
}
