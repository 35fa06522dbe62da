namespace Countersign.Core.Channels;

/// <summary>What channels are called outside: in the API as Twilio writes them, in reasons and in metrics.</summary>
public static class ChannelNames
{
    /// <summary><c>sms</c>, <c>call</c>, <c>email</c>, <c>whatsapp</c>.</summary>
    public static string Of(Channel channel) => channel switch
    {
        Channel.Sms => "sms",
        Channel.Call => "call",
        Channel.Email => "email",
        Channel.WhatsApp => "whatsapp",
        _ => throw new ArgumentOutOfRangeException(nameof(channel)),
    };
}
