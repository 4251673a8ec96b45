# A machine on which Strata builds, runs, is debugged and graded; for amd64 and arm64 (there with a cross compiler).
#
#     docker build -t strata .
#     docker run --rm -it -v "$PWD":/strata -w /strata strata
#
# Which packages these are stands in one place only, labs/make/tools. For the course's own tests add the purpose "test":
# docker build -t strata --build-arg PURPOSES="grade gdb handout test" .
FROM debian:12

ARG PURPOSES="grade gdb handout"

COPY labs/make/tools /usr/local/lib/strata/labs/make/tools

# On arm64, GRUB's BIOS modules come from the amd64 package; they are data.
RUN set -eu; \
    if [ "$(dpkg --print-architecture)" != amd64 ]; then dpkg --add-architecture amd64; fi; \
    apt-get update; \
    apt-get install -y --no-install-recommends ca-certificates git less make python3; \
    for purpose in $PURPOSES; do sh /usr/local/lib/strata/labs/make/tools need "$purpose"; done; \
    rm -rf /var/lib/apt/lists/*; \
    useradd --create-home --shell /bin/bash student; \
    git config --system --add safe.directory '*'

WORKDIR /strata
CMD ["bash"]
