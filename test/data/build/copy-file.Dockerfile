FROM build-base
COPY a.txt /copied
COPY a.txt /dir/
COPY a.txt b.txt /two/
