function(exercise name)
endfunction()
