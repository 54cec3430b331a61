/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the file says: what is accepted can be asked, changed, written and read again, and answers then
 * what was set; a helper's name is never a path. */
#include "formats/docker_config.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autodockerconfig struct docker_config c = {0}, again = {0};
    autocredentials struct registry_credentials found = {0}, answer = {0};
    autoreport struct report report = {0};
    const struct registry_credentials set = {.username = (char *)"user", .password = (char *)"secret"};
    if (credential_answer_read((const char *)data, size, &answer) == 0 && !answer.username &&
        !answer.identity_token)
        abort();
    if (docker_config_read("fuzz", (const char *)data, size, &report, &c) < 0)
        return 0;
    const char *helper = docker_config_helper(&c, "r.test");
    if (helper && strchr(helper, '/'))
        abort();
    if (docker_config_set(&c, "r.test", &set) < 0)
        return 0; /* "auths" is null */
    autofree char *text = docker_config_write(&c);
    if (!text || docker_config_read("again", text, strlen(text), NULL, &again) < 0)
        abort();
    if (docker_config_find(&again, "r.test", "no-such-key-in-a-corpus", &found) != 1 ||
        strcmp(found.username, "user") != 0 || strcmp(found.password, "secret") != 0)
        abort();
    return 0;
}
