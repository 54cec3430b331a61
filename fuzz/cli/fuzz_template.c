/* SPDX-License-Identifier: Apache-2.0 */
/* A template of a stranger over a document like inspect's: it is refused with a sentence, or gives the same
 * output twice. */
#include "cli/template.h"

#include "base/strings.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] = "{\"Id\":\"0123456789abcdef\",\"Name\":\"web\",\"Pid\":17,\"Rate\":1.5,"
                               "\"Running\":true,\"None\":null,\"Args\":[\"a\",\"b\"],"
                               "\"Config\":{\"User\":\"950:950\",\"Labels\":{\"x.y\":\"1\"}},\"Ports\":{\"80/"
                               "tcp\":[{\"HostPort\":\"8080\"}]}}";

static int run(const struct template *t, struct json_object *value, struct text *out)
{
    struct failure failure = {0};
    int r = template_run(t, &(struct template_data){value, value}, out, &failure);
    if (r < 0 && failure.text[0] == '\0')
        abort();
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autotemplate struct template *t = NULL;
    autotext struct text first = {0}, second = {0};
    struct failure failure = {0};
    autofree char *source = size < 2000 ? strndup((const char *)data, size) : NULL;
    if (!source)
        return 0;
    if (template_parse(source, &t, &failure) < 0) {
        if (failure.text[0] == '\0' || t)
            abort();
        return 0;
    }
    struct json_object *value = json_tokener_parse(document);
    int r = run(t, value, &first);
    if (r != run(t, value, &second) || !streq(text_peek(&first), text_peek(&second)))
        abort();
    json_object_put(value);
    return 0;
}
