FROM build-base
WORKDIR /made/by/workdir
USER app
WORKDIR sub
RUN id -u >/tmp/uid && pwd >/tmp/pwd
USER 950:950
RUN id >/tmp/id950
