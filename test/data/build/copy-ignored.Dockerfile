FROM build-base
COPY . /all/
#dockerignore: tree/sub
#dockerignore: *.txt
#dockerignore: !b.txt
#dockerignore: **/*.tmp
