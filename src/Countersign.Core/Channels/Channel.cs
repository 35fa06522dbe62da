namespace Countersign.Core.Channels;

/// <summary>How a code travels. The numbers are stored: add, never renumber.</summary>
public enum Channel
{
    /// <summary>Text message.</summary>
    Sms = 1,

    /// <summary>Voice call that reads the code out.</summary>
    Call = 2,

    /// <summary>E-mail.</summary>
    Email = 3,

    /// <summary>WhatsApp authentication template.</summary>
    WhatsApp = 4,
}
