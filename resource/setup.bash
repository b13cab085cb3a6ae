# Source this file in bash: it activates the environment that `make` built and announces it to
# ROS as an ament prefix, in front of those already known, so that `ros2 launch xview_loc ...`
# and `ros2 run xview_loc ...` find the package there.
xview_loc_prefix="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
. "$xview_loc_prefix/bin/activate"
export AMENT_PREFIX_PATH="$xview_loc_prefix${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}"
unset xview_loc_prefix
