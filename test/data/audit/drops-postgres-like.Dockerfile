FROM debian:bookworm-slim
RUN groupadd -r postgres --gid=999 && useradd -r -g postgres --uid=999 postgres
COPY <<"EOF" /usr/local/bin/docker-entrypoint.sh
#!/usr/bin/env bash
set -Eeo pipefail
file_env() {
	local var="$1"
	unset "$fileVar"
}
_main() {
	if [ "${1:0:1}" = '-' ]; then
		set -- postgres "$@"
	fi
	if [ "$1" = 'postgres' ] && ! _pg_want_help "$@"; then
		docker_create_db_directories
		if [ "$(id -u)" = '0' ]; then
			exec gosu postgres "$BASH_SOURCE" "$@"
		fi
	fi
	exec "$@"
}
if ! _is_sourced; then
	_main "$@"
fi
EOF
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
