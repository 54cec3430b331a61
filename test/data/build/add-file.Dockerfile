FROM build-base
ADD a.txt /a
ADD not-a-tar.gz /n/
