FROM build-base
RUN mkdir -p /real/inner && ln -s /real /link && ln -s inner /real/short
COPY a.txt /link/a
COPY b.txt /link/short/
