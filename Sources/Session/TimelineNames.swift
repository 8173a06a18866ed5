// The class Timeline hides its module's name, so `ExitEvent` cannot be written where KVM's names are in sight too.
internal import Timeline

typealias ExitEvent = Exit
typealias CallEvent = IoctlCall
