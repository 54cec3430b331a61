FROM debian:12
ENTRYPOINT ["sh", "-c", "exec setpriv --reuid=`id -u app` --clear-groups server"]
