/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/digest.h"
#include "base/hex.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

/* image-spec descriptor.md: algorithm = component *( [+._-] component ), encoded = [a-zA-Z0-9=_-]+ */
static bool is_other_digest(const char *text)
{
    size_t algorithm = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+._-");
    if (algorithm == 0 || algorithm > 64 || text[algorithm] != ':')
        return false;
    const char *encoded = text + algorithm + 1;
    size_t n = strspn(encoded, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789=_-");
    return n >= 32 && n <= 256 && encoded[n] == '\0';
}

int digest_parse_hex(const char *text, struct digest *ret_digest)
{
    if (!hex_is_valid(text, DIGEST_HEX_LENGTH))
        return -EINVAL;
    memcpy(ret_digest->hex, text, DIGEST_HEX_LENGTH + 1);
    return 0;
}

int digest_parse(const char *text, struct digest *ret_digest)
{
    const char *hex = string_after(text, "sha256:");
    if (hex)
        return digest_parse_hex(hex, ret_digest);
    return is_other_digest(text) ? -EOPNOTSUPP : -EINVAL;
}

void digest_from_bytes(const unsigned char bytes[DIGEST_BYTES], struct digest *ret_digest)
{
    hex_encode(bytes, DIGEST_BYTES, ret_digest->hex);
}

const char *digest_write(const struct digest *digest, char ret_text[DIGEST_TEXT_LENGTH + 1])
{
    (void)snprintf(ret_text, DIGEST_TEXT_LENGTH + 1, "sha256:%s", digest->hex); /* the sizes are fixed */
    return ret_text;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->hex, b->hex, DIGEST_HEX_LENGTH) == 0;
}
