clove.built({{built}})
