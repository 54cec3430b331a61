/* SPDX-License-Identifier: Apache-2.0 */
/* A profile that is accepted compiles or is refused with a finding; its filter ends with a decision for every
 * call, and its image is read back as the same filter. */
#include "formats/seccomp_image.h"
#include "formats/seccomp_profile.h"
#include "seccomp/compile.h"
#include "unit/seccomp/run_filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
    if (!holds)
        abort();
}

static void check_profile(const struct seccomp_profile *p)
{
    for (size_t i = 0; i < p->rule_count; i++) {
        check(p->rules[i].names.count > 0 && p->rules[i].argument_count <= SECCOMP_ARGUMENTS_MAX);
        for (size_t a = 0; a < p->rules[i].argument_count; a++)
            check(p->rules[i].arguments[a].index < SECCOMP_ARGUMENTS_MAX);
    }
}

static void check_filter(const struct compiled *c, const uint8_t *bytes, size_t size)
{
    static const uint32_t audits[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_ARM};
    struct seccomp_data call = {0};
    for (size_t i = 0; i < size && i < sizeof(call.args); i++)
        ((uint8_t *)call.args)[i] = bytes[size - 1 - i];
    for (size_t a = 0; a < 3; a++)
        for (int n = -1; n < 480; n++) {
            call.arch = audits[a];
            call.nr = n;
            check(run_filter(c->filter, c->count, &call) != FILTER_BROKEN);
        }
}

static void check_image(const struct compiled *c)
{
    struct seccomp_image_header header = seccomp_image_describe(c->filter, c->count, c->flags), back;
    size_t size = sizeof(header) + c->count * sizeof(struct sock_filter);
    char *image = malloc(size);
    struct sock_filter *filter = NULL;
    check(image != NULL);
    memcpy(image, &header, sizeof(header));
    memcpy(image + sizeof(header), c->filter, size - sizeof(header));
    check(seccomp_image_read(image, size, &back, &filter) == 0 && back.count == c->count);
    check(memcmp(filter, c->filter, c->count * sizeof(*filter)) == 0);
    free(filter);
    check(seccomp_image_read(image, size - 1, &back, &filter) == -EBADMSG);
    image[size / 2] ^= 1;
    check(seccomp_image_read(image, size, &back, &filter) == -EBADMSG);
    free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoreport struct report report = {0};
    autoseccomp struct seccomp_profile profile = {0};
    struct compiled c = {0};
    int error = seccomp_profile_parse("fuzz", (const char *)data, size, &report, &profile);
    check(error == 0 || error == -EINVAL);
    check((error == 0) == (report.count == 0));
    if (error != 0)
        return 0;
    check_profile(&profile);
    const struct seccomp_place place = {.architecture = "amd64", .capabilities = size, .kernel_major = 6};
    error = seccomp_compile(&profile, machine_find("amd64"), &place, &report, &c);
    check(error == 0 || report.count > 0);
    if (error == 0) {
        check_filter(&c, data, size);
        check_image(&c);
    }
    free(c.filter);
    return 0;
}
