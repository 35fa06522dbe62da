namespace Countersign.Carriers.Smpp;

/// <summary>Values of command_status (SMPP 3.4, 5.1.3) that a session itself gives or acts on.</summary>
public static class CommandStatus
{
    public const uint
        Ok = 0x00,
        InvalidMessageLength = 0x01,
        InvalidCommandLength = 0x02,
        InvalidCommandId = 0x03,
        InvalidBindStatus = 0x04,
        AlreadyBound = 0x05,
        SystemError = 0x08,
        BindFailed = 0x0D,
        InvalidPassword = 0x0E,
        InvalidSystemId = 0x0F,
        MessageQueueFull = 0x14,
        Throttled = 0x58,
        ReceiverTemporaryError = 0x64,
        InvalidOptionalParameters = 0xC0,
        InvalidParameterLength = 0xC2;
}
