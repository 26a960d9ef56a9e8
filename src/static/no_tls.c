/*
 * What Debian's static libmicrohttpd asks of GnuTLS, which cannot be linked
 * statically. No server of ours speaks TLS: a container's requests come from
 * the platform on the loopback or an inner network. So these are never called,
 * but for the library's own start and end; the others say that they failed.
 */
#include <stddef.h>
#include <stdlib.h>

#define CALL(name, result)                                                                         \
    int name(void);                                                                                \
    int name(void)                                                                                 \
    {                                                                                              \
        return result;                                                                             \
    }
#define STARTS(name) CALL(name, 0)
#define FAILS(name)  CALL(name, -1)

STARTS(gnutls_global_init)
STARTS(gnutls_global_deinit)

FAILS(gnutls_alpn_set_protocols)
FAILS(gnutls_bye)
FAILS(gnutls_certificate_allocate_credentials)
FAILS(gnutls_certificate_free_credentials)
FAILS(gnutls_certificate_server_set_request)
FAILS(gnutls_certificate_set_dh_params)
FAILS(gnutls_certificate_set_retrieve_function2)
FAILS(gnutls_certificate_set_retrieve_function3)
FAILS(gnutls_certificate_set_x509_key_mem)
FAILS(gnutls_certificate_set_x509_key_mem2)
FAILS(gnutls_certificate_set_x509_trust_mem)
FAILS(gnutls_cipher_get)
FAILS(gnutls_credentials_set)
FAILS(gnutls_deinit)
FAILS(gnutls_dh_params_deinit)
FAILS(gnutls_dh_params_import_pkcs3)
FAILS(gnutls_dh_params_init)
FAILS(gnutls_handshake)
FAILS(gnutls_init)
FAILS(gnutls_priority_deinit)
FAILS(gnutls_priority_init)
FAILS(gnutls_priority_set)
FAILS(gnutls_protocol_get_version)
FAILS(gnutls_psk_allocate_server_credentials)
FAILS(gnutls_psk_free_server_credentials)
FAILS(gnutls_psk_set_server_credentials_function)
FAILS(gnutls_record_check_pending)
FAILS(gnutls_record_get_direction)
FAILS(gnutls_record_recv)
FAILS(gnutls_record_send)
FAILS(gnutls_session_get_ptr)
FAILS(gnutls_session_set_ptr)
FAILS(gnutls_transport_set_int2)

const char *gnutls_strerror(int error);
const char *gnutls_strerror(int error)
{
    return "no TLS";
}

extern void *(*gnutls_malloc)(size_t);
void *(*gnutls_malloc)(size_t) = malloc;
