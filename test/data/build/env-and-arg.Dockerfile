FROM build-base
ARG NAME=world
ARG EMPTY
ENV GREETING="hello $NAME" OTHER=${EMPTY:-default} PATHS=$PATH:/opt
ENV old style value
RUN echo "$GREETING $OTHER $old $NAME" >/said
COPY ${NAME:+a.txt} /$OTHER/
